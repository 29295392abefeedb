;; check FORBIDDEN_IMPORT
;; Wants its memory from the host.
(module
  (import "fabric_1" "memory" (memory 1))
  (export "memory" (memory 0))
  (func (export "invoke")
    nop))
