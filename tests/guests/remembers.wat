;; ok
;; Answers 200 if its memory and its global are as at the start, and changes both; otherwise it traps.
(module
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (global $seen (mut i32) (i32.const 0))
  (func (export "invoke")
    (if (global.get $seen) (then unreachable))
    (if (i32.load (i32.const 60000)) (then unreachable))
    (global.set $seen (i32.const 1))
    (i32.store (i32.const 60000) (i32.const 1))
    (call $complete (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0))))
