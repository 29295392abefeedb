;; ok
;; Reads its input and a key, sets an event and answers 200.
(module
  (import "fabric_1" "input" (func $input (result i32)))
  (import "fabric_1" "read" (func $read (param i32)))
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (data (i32.const 16) "\0a\01k") ;; GetState { key: "k" }
  (data (i32.const 32) "\12\07forged!\1a\04made") ;; ChaincodeEvent { tx_id: "forged!", event_name: "made" }
  (func (export "invoke")
    (drop (call $input))
    (call $read (i32.const 1024))
    (drop (call $call (i32.const 8) (i32.const 16) (i32.const 3)))
    (call $read (i32.const 1024))
    (call $complete (i32.const 0) (i32.const 3) (i32.const 32) (i32.const 15))))
