;; run OUT_OF_FUEL
;; Lets the host work for it: hashing must be paid for.
(module
  (import "fabric_1" "sha256" (func $sha256 (param i32 i32 i32)))
  (memory (export "memory") 64)
  (func (export "invoke")
    (loop $again
      (call $sha256 (i32.const 0) (i32.const 4194304) (i32.const 0))
      (br $again))))
