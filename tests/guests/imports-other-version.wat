;; check FORBIDDEN_IMPORT
;; An ABI that does not exist yet.
(module
  (import "fabric_2" "input" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    nop))
