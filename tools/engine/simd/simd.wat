;; What the library's arithmetic asks of a browser (Simd.cs puts it into the seam): the matrix product, and the steps of training
;; that go over all parameters. .NET is interpreted there; this is machine code with vector registers of 128 bits.
;; It works in the memory of .NET itself, so nothing is copied. Addresses are i32.
;;
;; Assembled with `wat2wasm simd.wat -o ../live/simd.wasm` (Debian's package wabt); a test compares the two.
(module
  (import "dotnet" "memory" (memory 1))

  (func $smaller (param $a i32) (param $b i32) (result i32)
    (select (local.get $a) (local.get $b) (i32.lt_s (local.get $a) (local.get $b))))

  ;; ---- The product. The rows of A are taken in panels that fill two registers, C in tiles of such a panel and four columns.
  ;; ---- Each entry of C is summed in the order of k, as the three loops of Matrix.csx do it.

  ;; C ← C + A·B for A of n×k, B of k×m and C of n×m, numbers of 32 bits. Entry (i, p) of A lies at A + i·aRow + p·aCol, the same
  ;; for B; C lies column after column. The steps from one entry to the next (aRow, aCol, bRow, bCol) are bytes.
  ;; `panel` is memory for k·32 + 128 bytes.
  (func (export "product32") (param $n i32) (param $k i32) (param $m i32)
        (param $A i32) (param $aRow i32) (param $aCol i32) (param $B i32) (param $bRow i32) (param $bCol i32) (param $C i32) (param $panel i32)
    (local $i i32) (local $j i32) (local $rows i32) (local $tile i32)
    (local.set $tile (i32.add (local.get $panel) (i32.shl (local.get $k) (i32.const 5))))
    (loop $panels
      (if (i32.ge_s (local.get $i) (local.get $n)) (then (return)))
      (local.set $rows (call $smaller (i32.const 8) (i32.sub (local.get $n) (local.get $i))))
      (call $pack32 (local.get $panel) (local.get $rows) (local.get $k)
        (i32.add (local.get $A) (i32.mul (local.get $i) (local.get $aRow))) (local.get $aRow) (local.get $aCol))
      (local.set $j (i32.const 0))
      (loop $tiles
        (call $tile32 (local.get $panel) (local.get $tile)
          (i32.add (local.get $B) (i32.mul (local.get $j) (local.get $bCol)))
          ;; Where fewer than four columns are left the last one is taken again, and not added.
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 1)) (local.get $m)))
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 2)) (local.get $m)))
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 3)) (local.get $m)))
          (local.get $bRow))
        (call $add32 (local.get $tile) (local.get $rows) (call $smaller (i32.const 4) (i32.sub (local.get $m) (local.get $j)))
          (i32.add (local.get $C) (i32.shl (i32.add (i32.mul (local.get $j) (local.get $n)) (local.get $i)) (i32.const 2)))
          (i32.shl (local.get $n) (i32.const 2)))
        (local.set $j (i32.add (local.get $j) (i32.const 4)))
        (br_if $tiles (i32.lt_s (local.get $j) (local.get $m))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br $panels)))

  ;; Copies 8 rows of A, or what is left of them, in the order in which a tile reads them; missing rows are zeros.
  (func $pack32 (param $to i32) (param $rows i32) (param $k i32) (param $A i32) (param $aRow i32) (param $aCol i32)
    (local $end i32) (local $from i32) (local $r i32)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $k) (i32.const 5))))
    (if (i32.lt_s (local.get $rows) (i32.const 8)) (then
      (memory.fill (local.get $to) (i32.const 0) (i32.shl (local.get $k) (i32.const 5)))))
    (loop $columns
      (if (i32.and (i32.eq (local.get $rows) (i32.const 8)) (i32.eq (local.get $aRow) (i32.const 4)))
        (then
          (v128.store (local.get $to) (v128.load (local.get $A)))
          (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $A))))
        (else
          (local.set $from (local.get $A))
          (local.set $r (i32.const 0))
          (loop $entries
            (f32.store (i32.add (local.get $to) (i32.shl (local.get $r) (i32.const 2))) (f32.load (local.get $from)))
            (local.set $from (i32.add (local.get $from) (local.get $aRow)))
            (local.set $r (i32.add (local.get $r) (i32.const 1)))
            (br_if $entries (i32.lt_s (local.get $r) (local.get $rows))))))
      (local.set $A (i32.add (local.get $A) (local.get $aCol)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $columns (i32.lt_u (local.get $to) (local.get $end)))))

  ;; A tile of the product: 8 rows and four columns, eight registers. For each p it takes two registers of A and four numbers
  ;; of B, and does eight multiplications and additions. The columns of B lie `one`, `two` and `three` further than the one before.
  (func $tile32 (param $panel i32) (param $end i32) (param $b0 i32) (param $one i32) (param $two i32) (param $three i32) (param $bRow i32)
    (local $b1 i32) (local $b2 i32) (local $b3 i32) (local $a v128) (local $aa v128) (local $b v128)
    (local $c0 v128) (local $cc0 v128) (local $c1 v128) (local $cc1 v128) (local $c2 v128) (local $cc2 v128) (local $c3 v128) (local $cc3 v128)
    (local.set $b1 (i32.add (local.get $b0) (local.get $one)))
    (local.set $b2 (i32.add (local.get $b1) (local.get $two)))
    (local.set $b3 (i32.add (local.get $b2) (local.get $three)))
    (loop $next
      (local.set $a (v128.load (local.get $panel)))
      (local.set $aa (v128.load offset=16 (local.get $panel)))
      (local.set $b (v128.load32_splat (local.get $b0)))
      (local.set $c0 (f32x4.add (local.get $c0) (f32x4.mul (local.get $a) (local.get $b))))
      (local.set $cc0 (f32x4.add (local.get $cc0) (f32x4.mul (local.get $aa) (local.get $b))))
      (local.set $b0 (i32.add (local.get $b0) (local.get $bRow)))
      (local.set $b (v128.load32_splat (local.get $b1)))
      (local.set $c1 (f32x4.add (local.get $c1) (f32x4.mul (local.get $a) (local.get $b))))
      (local.set $cc1 (f32x4.add (local.get $cc1) (f32x4.mul (local.get $aa) (local.get $b))))
      (local.set $b1 (i32.add (local.get $b1) (local.get $bRow)))
      (local.set $b (v128.load32_splat (local.get $b2)))
      (local.set $c2 (f32x4.add (local.get $c2) (f32x4.mul (local.get $a) (local.get $b))))
      (local.set $cc2 (f32x4.add (local.get $cc2) (f32x4.mul (local.get $aa) (local.get $b))))
      (local.set $b2 (i32.add (local.get $b2) (local.get $bRow)))
      (local.set $b (v128.load32_splat (local.get $b3)))
      (local.set $c3 (f32x4.add (local.get $c3) (f32x4.mul (local.get $a) (local.get $b))))
      (local.set $cc3 (f32x4.add (local.get $cc3) (f32x4.mul (local.get $aa) (local.get $b))))
      (local.set $b3 (i32.add (local.get $b3) (local.get $bRow)))
      (local.set $panel (i32.add (local.get $panel) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $panel) (local.get $end))))
    ;; The panel ends where the memory of the tile begins.
    (v128.store offset=0 (local.get $end) (local.get $c0))
    (v128.store offset=16 (local.get $end) (local.get $cc0))
    (v128.store offset=32 (local.get $end) (local.get $c1))
    (v128.store offset=48 (local.get $end) (local.get $cc1))
    (v128.store offset=64 (local.get $end) (local.get $c2))
    (v128.store offset=80 (local.get $end) (local.get $cc2))
    (v128.store offset=96 (local.get $end) (local.get $c3))
    (v128.store offset=112 (local.get $end) (local.get $cc3)))

  ;; Adds the rows and columns of a tile that C has; `step` bytes lie between columns of C.
  (func $add32 (param $tile i32) (param $rows i32) (param $columns i32) (param $C i32) (param $step i32)
    (local $r i32)
    (loop $next
      (if (i32.eq (local.get $rows) (i32.const 8))
        (then
          (v128.store (local.get $C) (f32x4.add (v128.load (local.get $C)) (v128.load (local.get $tile))))
          (v128.store offset=16 (local.get $C) (f32x4.add (v128.load offset=16 (local.get $C)) (v128.load offset=16 (local.get $tile)))))
        (else
          (local.set $r (i32.shl (local.get $rows) (i32.const 2)))
          (loop $entries
            (local.set $r (i32.sub (local.get $r) (i32.const 4)))
            (f32.store (i32.add (local.get $C) (local.get $r))
              (f32.add (f32.load (i32.add (local.get $C) (local.get $r))) (f32.load (i32.add (local.get $tile) (local.get $r)))))
            (br_if $entries (local.get $r)))))
      (local.set $tile (i32.add (local.get $tile) (i32.const 32)))
      (local.set $C (i32.add (local.get $C) (local.get $step)))
      (local.set $columns (i32.sub (local.get $columns) (i32.const 1)))
      (br_if $next (local.get $columns))))

  ;; C ← C + A·B for A of n×k, B of k×m and C of n×m, numbers of 64 bits. Entry (i, p) of A lies at A + i·aRow + p·aCol, the same
  ;; for B; C lies column after column. The steps from one entry to the next (aRow, aCol, bRow, bCol) are bytes.
  ;; `panel` is memory for k·32 + 128 bytes.
  (func (export "product64") (param $n i32) (param $k i32) (param $m i32)
        (param $A i32) (param $aRow i32) (param $aCol i32) (param $B i32) (param $bRow i32) (param $bCol i32) (param $C i32) (param $panel i32)
    (local $i i32) (local $j i32) (local $rows i32) (local $tile i32)
    (local.set $tile (i32.add (local.get $panel) (i32.shl (local.get $k) (i32.const 5))))
    (loop $panels
      (if (i32.ge_s (local.get $i) (local.get $n)) (then (return)))
      (local.set $rows (call $smaller (i32.const 4) (i32.sub (local.get $n) (local.get $i))))
      (call $pack64 (local.get $panel) (local.get $rows) (local.get $k)
        (i32.add (local.get $A) (i32.mul (local.get $i) (local.get $aRow))) (local.get $aRow) (local.get $aCol))
      (local.set $j (i32.const 0))
      (loop $tiles
        (call $tile64 (local.get $panel) (local.get $tile)
          (i32.add (local.get $B) (i32.mul (local.get $j) (local.get $bCol)))
          ;; Where fewer than four columns are left the last one is taken again, and not added.
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 1)) (local.get $m)))
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 2)) (local.get $m)))
          (i32.mul (local.get $bCol) (i32.lt_s (i32.add (local.get $j) (i32.const 3)) (local.get $m)))
          (local.get $bRow))
        (call $add64 (local.get $tile) (local.get $rows) (call $smaller (i32.const 4) (i32.sub (local.get $m) (local.get $j)))
          (i32.add (local.get $C) (i32.shl (i32.add (i32.mul (local.get $j) (local.get $n)) (local.get $i)) (i32.const 3)))
          (i32.shl (local.get $n) (i32.const 3)))
        (local.set $j (i32.add (local.get $j) (i32.const 4)))
        (br_if $tiles (i32.lt_s (local.get $j) (local.get $m))))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br $panels)))

  ;; Copies 4 rows of A, or what is left of them, in the order in which a tile reads them; missing rows are zeros.
  (func $pack64 (param $to i32) (param $rows i32) (param $k i32) (param $A i32) (param $aRow i32) (param $aCol i32)
    (local $end i32) (local $from i32) (local $r i32)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $k) (i32.const 5))))
    (if (i32.lt_s (local.get $rows) (i32.const 4)) (then
      (memory.fill (local.get $to) (i32.const 0) (i32.shl (local.get $k) (i32.const 5)))))
    (loop $columns
      (if (i32.and (i32.eq (local.get $rows) (i32.const 4)) (i32.eq (local.get $aRow) (i32.const 8)))
        (then
          (v128.store (local.get $to) (v128.load (local.get $A)))
          (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $A))))
        (else
          (local.set $from (local.get $A))
          (local.set $r (i32.const 0))
          (loop $entries
            (f64.store (i32.add (local.get $to) (i32.shl (local.get $r) (i32.const 3))) (f64.load (local.get $from)))
            (local.set $from (i32.add (local.get $from) (local.get $aRow)))
            (local.set $r (i32.add (local.get $r) (i32.const 1)))
            (br_if $entries (i32.lt_s (local.get $r) (local.get $rows))))))
      (local.set $A (i32.add (local.get $A) (local.get $aCol)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $columns (i32.lt_u (local.get $to) (local.get $end)))))

  ;; A tile of the product: 4 rows and four columns, eight registers. For each p it takes two registers of A and four numbers
  ;; of B, and does eight multiplications and additions. The columns of B lie `one`, `two` and `three` further than the one before.
  (func $tile64 (param $panel i32) (param $end i32) (param $b0 i32) (param $one i32) (param $two i32) (param $three i32) (param $bRow i32)
    (local $b1 i32) (local $b2 i32) (local $b3 i32) (local $a v128) (local $aa v128) (local $b v128)
    (local $c0 v128) (local $cc0 v128) (local $c1 v128) (local $cc1 v128) (local $c2 v128) (local $cc2 v128) (local $c3 v128) (local $cc3 v128)
    (local.set $b1 (i32.add (local.get $b0) (local.get $one)))
    (local.set $b2 (i32.add (local.get $b1) (local.get $two)))
    (local.set $b3 (i32.add (local.get $b2) (local.get $three)))
    (loop $next
      (local.set $a (v128.load (local.get $panel)))
      (local.set $aa (v128.load offset=16 (local.get $panel)))
      (local.set $b (v128.load64_splat (local.get $b0)))
      (local.set $c0 (f64x2.add (local.get $c0) (f64x2.mul (local.get $a) (local.get $b))))
      (local.set $cc0 (f64x2.add (local.get $cc0) (f64x2.mul (local.get $aa) (local.get $b))))
      (local.set $b0 (i32.add (local.get $b0) (local.get $bRow)))
      (local.set $b (v128.load64_splat (local.get $b1)))
      (local.set $c1 (f64x2.add (local.get $c1) (f64x2.mul (local.get $a) (local.get $b))))
      (local.set $cc1 (f64x2.add (local.get $cc1) (f64x2.mul (local.get $aa) (local.get $b))))
      (local.set $b1 (i32.add (local.get $b1) (local.get $bRow)))
      (local.set $b (v128.load64_splat (local.get $b2)))
      (local.set $c2 (f64x2.add (local.get $c2) (f64x2.mul (local.get $a) (local.get $b))))
      (local.set $cc2 (f64x2.add (local.get $cc2) (f64x2.mul (local.get $aa) (local.get $b))))
      (local.set $b2 (i32.add (local.get $b2) (local.get $bRow)))
      (local.set $b (v128.load64_splat (local.get $b3)))
      (local.set $c3 (f64x2.add (local.get $c3) (f64x2.mul (local.get $a) (local.get $b))))
      (local.set $cc3 (f64x2.add (local.get $cc3) (f64x2.mul (local.get $aa) (local.get $b))))
      (local.set $b3 (i32.add (local.get $b3) (local.get $bRow)))
      (local.set $panel (i32.add (local.get $panel) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $panel) (local.get $end))))
    ;; The panel ends where the memory of the tile begins.
    (v128.store offset=0 (local.get $end) (local.get $c0))
    (v128.store offset=16 (local.get $end) (local.get $cc0))
    (v128.store offset=32 (local.get $end) (local.get $c1))
    (v128.store offset=48 (local.get $end) (local.get $cc1))
    (v128.store offset=64 (local.get $end) (local.get $c2))
    (v128.store offset=80 (local.get $end) (local.get $cc2))
    (v128.store offset=96 (local.get $end) (local.get $c3))
    (v128.store offset=112 (local.get $end) (local.get $cc3)))

  ;; Adds the rows and columns of a tile that C has; `step` bytes lie between columns of C.
  (func $add64 (param $tile i32) (param $rows i32) (param $columns i32) (param $C i32) (param $step i32)
    (local $r i32)
    (loop $next
      (if (i32.eq (local.get $rows) (i32.const 4))
        (then
          (v128.store (local.get $C) (f64x2.add (v128.load (local.get $C)) (v128.load (local.get $tile))))
          (v128.store offset=16 (local.get $C) (f64x2.add (v128.load offset=16 (local.get $C)) (v128.load offset=16 (local.get $tile)))))
        (else
          (local.set $r (i32.shl (local.get $rows) (i32.const 3)))
          (loop $entries
            (local.set $r (i32.sub (local.get $r) (i32.const 8)))
            (f64.store (i32.add (local.get $C) (local.get $r))
              (f64.add (f64.load (i32.add (local.get $C) (local.get $r))) (f64.load (i32.add (local.get $tile) (local.get $r)))))
            (br_if $entries (local.get $r)))))
      (local.set $tile (i32.add (local.get $tile) (i32.const 32)))
      (local.set $C (i32.add (local.get $C) (local.get $step)))
      (local.set $columns (i32.sub (local.get $columns) (i32.const 1)))
      (br_if $next (local.get $columns))))

  ;; ---- n numbers of 32 bits at x, and with them those at the other addresses: four at a time, then one at a time.

  ;; x ← max(x, 0), equation (3.2).
  (func (export "relu") (param $n i32) (param $x i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.and (local.get $n) (i32.const -4)) (i32.const 2))))
    (block $none (loop $fours
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $x) (f32x4.max (v128.load (local.get $x)) (v128.const i64x2 0 0)))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br $fours)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $n) (i32.const 3)) (i32.const 2))))
    (block $none (loop $ones
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (f32.store (local.get $x) (f32.max (f32.load (local.get $x)) (f32.const 0)))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (br $ones))))

  ;; d where x > 0, else 0: the error of the hidden units, equation (5.8).
  (func (export "whereActive") (param $n i32) (param $x i32) (param $d i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.and (local.get $n) (i32.const -4)) (i32.const 2))))
    (block $none (loop $fours
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $d) (v128.and (v128.load (local.get $d)) (f32x4.gt (v128.load (local.get $x)) (v128.const i64x2 0 0))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $d (i32.add (local.get $d) (i32.const 16)))
        (br $fours)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $n) (i32.const 3)) (i32.const 2))))
    (block $none (loop $ones
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (if (i32.eqz (f32.gt (f32.load (local.get $x)) (f32.const 0))) (then (f32.store (local.get $d) (f32.const 0))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $d (i32.add (local.get $d) (i32.const 4)))
        (br $ones))))

  ;; x ← decay·x + step·g: plain gradient descent (6.1), with weight decay (9.8).
  (func (export "descend") (param $n i32) (param $x i32) (param $g i32) (param $decay f32) (param $step f32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.and (local.get $n) (i32.const -4)) (i32.const 2))))
    (block $none (loop $fours
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $x) (f32x4.add (f32x4.mul (f32x4.splat (local.get $decay)) (v128.load (local.get $x))) (f32x4.mul (f32x4.splat (local.get $step)) (v128.load (local.get $g)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $fours)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $n) (i32.const 3)) (i32.const 2))))
    (block $none (loop $ones
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (f32.store (local.get $x) (f32.add (f32.mul (local.get $decay) (f32.load (local.get $x))) (f32.mul (local.get $step) (f32.load (local.get $g)))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $g (i32.add (local.get $g) (i32.const 4)))
        (br $ones))))

  ;; v ← μ·v + share·g and x ← decay·x + step·v: (9.1), (9.2).
  (func (export "momentum") (param $n i32) (param $x i32) (param $v i32) (param $g i32) (param $decay f32) (param $mu f32) (param $share f32) (param $step f32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.and (local.get $n) (i32.const -4)) (i32.const 2))))
    (block $none (loop $fours
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $v) (f32x4.add (f32x4.mul (f32x4.splat (local.get $mu)) (v128.load (local.get $v))) (f32x4.mul (f32x4.splat (local.get $share)) (v128.load (local.get $g)))))
        (v128.store (local.get $x) (f32x4.add (f32x4.mul (f32x4.splat (local.get $decay)) (v128.load (local.get $x))) (f32x4.mul (f32x4.splat (local.get $step)) (v128.load (local.get $v)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $fours)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $n) (i32.const 3)) (i32.const 2))))
    (block $none (loop $ones
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (f32.store (local.get $v) (f32.add (f32.mul (local.get $mu) (f32.load (local.get $v))) (f32.mul (local.get $share) (f32.load (local.get $g)))))
        (f32.store (local.get $x) (f32.add (f32.mul (local.get $decay) (f32.load (local.get $x))) (f32.mul (local.get $step) (f32.load (local.get $v)))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $v (i32.add (local.get $v) (i32.const 4)))
        (local.set $g (i32.add (local.get $g) (i32.const 4)))
        (br $ones))))

  ;; m ← β1·m + share1·g, s ← β2·s + share2·g², x ← decay·x + step·m/(√(correction·s) + ε): (9.3) to (9.6).
  (func (export "adam") (param $n i32) (param $x i32) (param $m i32) (param $s i32) (param $g i32) (param $decay f32) (param $beta1 f32) (param $share1 f32) (param $beta2 f32) (param $share2 f32) (param $correction f32) (param $epsilon f32) (param $step f32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (i32.and (local.get $n) (i32.const -4)) (i32.const 2))))
    (block $none (loop $fours
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $m) (f32x4.add (f32x4.mul (f32x4.splat (local.get $beta1)) (v128.load (local.get $m))) (f32x4.mul (f32x4.splat (local.get $share1)) (v128.load (local.get $g)))))
        (v128.store (local.get $s) (f32x4.add (f32x4.mul (f32x4.splat (local.get $beta2)) (v128.load (local.get $s)))
          (f32x4.mul (f32x4.mul (f32x4.splat (local.get $share2)) (v128.load (local.get $g))) (v128.load (local.get $g)))))
        (v128.store (local.get $x) (f32x4.add (f32x4.mul (f32x4.splat (local.get $decay)) (v128.load (local.get $x)))
          (f32x4.mul (f32x4.splat (local.get $step)) (f32x4.div (v128.load (local.get $m)) (f32x4.add (f32x4.sqrt (f32x4.mul (f32x4.splat (local.get $correction)) (v128.load (local.get $s)))) (f32x4.splat (local.get $epsilon)))))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $s (i32.add (local.get $s) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (br $fours)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $n) (i32.const 3)) (i32.const 2))))
    (block $none (loop $ones
        (br_if $none (i32.ge_u (local.get $x) (local.get $end)))
        (f32.store (local.get $m) (f32.add (f32.mul (local.get $beta1) (f32.load (local.get $m))) (f32.mul (local.get $share1) (f32.load (local.get $g)))))
        (f32.store (local.get $s) (f32.add (f32.mul (local.get $beta2) (f32.load (local.get $s)))
          (f32.mul (f32.mul (local.get $share2) (f32.load (local.get $g))) (f32.load (local.get $g)))))
        (f32.store (local.get $x) (f32.add (f32.mul (local.get $decay) (f32.load (local.get $x)))
          (f32.mul (local.get $step) (f32.div (f32.load (local.get $m)) (f32.add (f32.sqrt (f32.mul (local.get $correction) (f32.load (local.get $s)))) (local.get $epsilon))))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $m (i32.add (local.get $m) (i32.const 4)))
        (local.set $s (i32.add (local.get $s) (i32.const 4)))
        (local.set $g (i32.add (local.get $g) (i32.const 4)))
        (br $ones))))
)
