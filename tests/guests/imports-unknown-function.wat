;; check FORBIDDEN_IMPORT
;; A function that fabric_1 does not have.
(module
  (import "fabric_1" "random" (func (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    nop))
