;; ok
;; The ledger refuses a call: the contract reads the text and goes on.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (import "fabric_1" "read" (func $read (param i32)))
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (func (export "invoke")
    ;; -(n + 1) for a text of n bytes
    (if (i64.ge_s (call $call (i32.const 10) (i32.const 0) (i32.const 0)) (i64.const 0)) (then unreachable))
    (call $read (i32.const 1024))
    (call $complete (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0))))
