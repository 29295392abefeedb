;; run CALL_AFTER_COMPLETE
;; A write after the outcome.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (func (export "invoke")
    (call $complete (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0))
    (drop (call $call (i32.const 9) (i32.const 0) (i32.const 0)))))
