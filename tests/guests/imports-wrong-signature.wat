;; check FORBIDDEN_IMPORT
;; The right name with another type.
(module
  (import "fabric_1" "read" (func (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    nop))
