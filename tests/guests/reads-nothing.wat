;; run NOTHING_PENDING
;; Reads before anything is pending.
(module
  (import "fabric_1" "read" (func $read (param i32)))
  (memory (export "memory") 1)
  (func (export "invoke")
    (call $read (i32.const 0))))
