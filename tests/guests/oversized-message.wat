;; run MESSAGE_TOO_LARGE
;; A write of 33 MiB.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 600)
  (func (export "invoke")
    (drop (call $call (i32.const 9) (i32.const 0) (i32.const 34603008)))))
