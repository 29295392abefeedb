;; run OUT_OF_BOUNDS
;; A signature that is only half in its memory.
(module
  (import "fabric_1" "p256_verify" (func $p256_verify (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (drop (call $p256_verify (i32.const 0) (i32.const 33) (i32.const 0) (i32.const 65504)))))
