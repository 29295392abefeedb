;; run OUT_OF_FUEL
;; Never returns.
(module
  (memory (export "memory") 1)
  (func (export "invoke")
    (loop $again (br $again))))
