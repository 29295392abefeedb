;; run MALFORMED_RESULT
;; A response that is no protobuf.
(module
  (import "fabric_1" "complete" (func $complete (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\c8\01") ;; Response { status: 200 }
  (data (i32.const 100) "\ff\ff\ff\ff")
  (func (export "invoke")
    (call $complete (i32.const 100) (i32.const 4) (i32.const 0) (i32.const 0))))
