;; run TOO_MANY_CALLS
;; Calls the ledger for ever.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (loop $again
      (drop (call $call (i32.const 8) (i32.const 0) (i32.const 0)))
      (br $again))))
