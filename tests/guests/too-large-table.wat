;; check MODULE_LIMIT
;; Starts with a million elements.
(module
  (memory (export "memory") 1)
  (table 1000000 funcref)
  (func (export "invoke")
    nop))
