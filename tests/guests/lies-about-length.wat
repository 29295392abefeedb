;; run OUT_OF_BOUNDS
;; A payload that is longer than the memory.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $call (i32.const 8) (i32.const 65000) (i32.const 1000)))))
