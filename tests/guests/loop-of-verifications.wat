;; run OUT_OF_FUEL
;; Lets the host verify signatures for ever.
(module
  (import "fabric_1" "p256_verify" (func $p256_verify (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (loop $again
      (drop (call $p256_verify (i32.const 0) (i32.const 65) (i32.const 0) (i32.const 0)))
      (br $again))))
