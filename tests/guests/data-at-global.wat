;; check FORBIDDEN_FEATURE
;; Data whose place is not a plain number.
(module
  (memory (export "memory") 1)
  (global $g i32 (i32.const 8))
  (data (global.get $g) "abc")
  (func (export "invoke")
    nop))
