;; check FLOAT
;; A function that takes an f32.
(module
  (memory (export "memory") 1)
  (func (param f32))
  (func (export "invoke")
    nop))
