;; check FLOAT
;; A global that is an f32.
(module
  (memory (export "memory") 1)
  (global f32 (f32.const 0))
  (func (export "invoke")
    nop))
