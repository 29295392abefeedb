;; run GUEST_TRAPPED
;; A trap after the outcome: the outcome does not count.
(module
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (func (export "invoke")
    (call $complete (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0))
    unreachable))
