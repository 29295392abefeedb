;; run FORBIDDEN_KIND
;; Sends REGISTER, to pass for another chaincode.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $call (i32.const 1) (i32.const 0) (i32.const 0)))))
