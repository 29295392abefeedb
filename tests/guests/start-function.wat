;; check START_FUNCTION
;; Code that would run before the transaction.
(module
  (memory (export "memory") 1)
  (func $start)
  (start $start)
  (func (export "invoke")
    nop))
