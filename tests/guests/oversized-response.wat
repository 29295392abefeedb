;; run MESSAGE_TOO_LARGE
;; A response of 17 MiB.
(module
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 600)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (func (export "invoke")
    (call $complete (i32.const 0) (i32.const 17825792) (i32.const 0) (i32.const 0))))
