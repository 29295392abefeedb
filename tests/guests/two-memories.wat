;; check INVALID_MODULE
;; A second memory.
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "invoke")
    nop))
