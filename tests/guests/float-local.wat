;; check FLOAT
;; A local that is an f64, never used.
(module
  (memory (export "memory") 1)
  (func (local f64))
  (func (export "invoke")
    nop))
