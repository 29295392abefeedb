;; check MODULE_LIMIT
;; A second table.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (table 1 funcref)
  (func (export "invoke")
    nop))
