;; run FORBIDDEN_KIND
;; Sends COMPLETED as if it were a ledger call, to end the transaction behind the host's back.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $call (i32.const 6) (i32.const 0) (i32.const 0)))))
