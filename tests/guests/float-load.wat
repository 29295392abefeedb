;; check FLOAT
;; Moves bits through an f32 register, where a NaN may change.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (f32.store (i32.const 0) (f32.load (i32.const 8)))))
