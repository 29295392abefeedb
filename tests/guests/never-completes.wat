;; run NOT_COMPLETED
;; Returns without an outcome.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    nop))
