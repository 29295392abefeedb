;; run OUT_OF_BOUNDS
;; A pointer behind the memory, with no bytes at all.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $call (i32.const 8) (i32.const -1) (i32.const 0)))))
