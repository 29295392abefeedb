;; run FORBIDDEN_KIND
;; Sends a type that Fabric does not know: a peer would end the whole stream.
(module
  (import "fabric_1" "call" (func $call (param i32 i32 i32) (result i64)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $call (i32.const 1000) (i32.const 0) (i32.const 0)))))
