;; run OUT_OF_BOUNDS
;; Wants the digest where only a part of it fits.
(module
  (import "fabric_1" "sha256" (func $sha256 (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (call $sha256 (i32.const 0) (i32.const 1) (i32.const 65505))))
