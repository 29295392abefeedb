;; run OUT_OF_BOUNDS
;; Wants the pending bytes where there is no memory.
(module
  (import "fabric_1" "input" (func $input (result i32)))
  (import "fabric_1" "read" (func $read (param i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $input))
    (call $read (i32.const 65535))))
