;; run OUT_OF_BOUNDS
;; A response that is not in its memory.
(module
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (func (export "invoke")
    (call $complete (i32.const 65535) (i32.const 2) (i32.const 0) (i32.const 0))))
