using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Threading;

#nullable enable

// What the fast part asks of the machine: vector registers, memory that begins with a line of the cache, threads that stay awake.

/// <summary>How many threads there are, and whether the JIT compiler may optimise.</summary>
public static class Cores
{
    /// <summary>Work with fewer multiplications than this is done by the calling thread: waking others would take longer.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>
    /// False where a notebook client compiled this script without the optimiser: loops written in C# are several times
    /// slower there, so the work goes to precompiled vector routines instead.
    /// </summary>
    public static readonly bool IsOptimised =
        typeof(Cores).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>How many threads share the work.</summary>
    public static int Threads
    {
        get => s_threads;
        set
        {
            s_threads = value;
            ThreadsChanged?.Invoke(value);
        }
    }

    /// <summary>Told how many threads there are to be, where other routines than those of this assembly do the work.</summary>
    public static Action<int>? ThreadsChanged { get; set; }

    private static int s_threads = Environment.ProcessorCount;

    /// <summary>Runs the tasks 0 … count−1, on several threads when there is enough to do.</summary>
    public static void Share(int count, long multiplications, Action<int> task)
    {
        if (count == 1 || Threads == 1 || multiplications < WorthSharing)
            for (var i = 0; i < count; i++) task(i);
        else
            Helpers.Share(count, Threads, task);
    }
}

/// <summary>A moment in which a thread looks for work again and again before it goes to sleep.</summary>
internal struct Lookout()
{
    private const int Patience = 50;   // microseconds
    private readonly long since = Stopwatch.GetTimestamp();
    private Pause pause;

    /// <summary>Whether to look again; false when the moment is over.</summary>
    public bool GoesOn()
    {
        if (Stopwatch.GetElapsedTime(since).TotalMicroseconds >= Patience) return false;
        pause.Once();
        return true;
    }
}

/// <summary>What a thread does between two looks at what another is to write: at first hardly anything, as that takes 0.1 µs to come.</summary>
internal struct Pause
{
    private const int Short = 64;   // some 2 µs
    private int count;

    public void Once()
    {
        if (count++ < Short) Thread.SpinWait(1);
        // A new thread can be on the core of the one it waits for, and must let it go on.
        else Thread.Yield();
    }
}

/// <summary>
/// Threads that help whoever has tasks to share. They stay awake for a moment, as the next product often follows soon, and
/// to wake a thread takes longer than a small product. Nobody waits for a helper that does not come in time, for instance
/// because other programs have the cores: the tasks that are left are done by who is there.
/// </summary>
internal static class Helpers
{
    private static readonly object s_door = new();
    private static volatile Job? s_job;
    private static int s_count, s_asleep;

    private sealed class Job(int count, int seats, Action<int> task)
    {
        private int seats = seats, next, done;
        private Exception? failure;

        /// <summary>Whether one more may help.</summary>
        public bool HasSeat() => Interlocked.Decrement(ref seats) >= 0;

        /// <summary>Does one task after the other, until all are begun.</summary>
        public void Work()
        {
            for (var i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1)
                try
                {
                    if (Volatile.Read(ref failure) is null) task(i);
                }
                catch (Exception e)
                {
                    Volatile.Write(ref failure, e);
                }
                finally
                {
                    Interlocked.Increment(ref done);
                }
        }

        /// <summary>Waits until all tasks that others began have ended.</summary>
        public void Wait()
        {
            for (var pause = new Pause(); Volatile.Read(ref done) < count;) pause.Once();
            if (failure is { } error) ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Runs the tasks 0 … count−1 on so many threads at most, one of which is that of the caller.</summary>
    public static void Share(int count, int threads, Action<int> task)
    {
        if (Volatile.Read(ref s_count) < threads - 1)
            lock (s_door)
                for (; s_count < threads - 1; s_count++) new Thread(Help) { IsBackground = true, Name = "helper" }.UnsafeStart();   // without the context of who came first
        var job = new Job(count, threads - 1, task);
        // When two share at once, helpers see the later one, and the other goes on alone.
        s_job = job;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref s_asleep) > 0)
            lock (s_door) Monitor.PulseAll(s_door);
        job.Work();
        job.Wait();
        Interlocked.CompareExchange(ref s_job, null, job);   // what the task holds can be collected
    }

    private static void Help()
    {
        Job? last = null;
        var lookout = new Lookout();
        while (true)
        {
            if (s_job is { } job && job != last)
            {
                last = job;
                if (job.HasSeat()) job.Work();
                lookout = new();
            }
            else if (!lookout.GoesOn())
            {
                lock (s_door)
                {
                    Interlocked.Increment(ref s_asleep);
                    if (s_job is null || s_job == last) Monitor.Wait(s_door);
                    Interlocked.Decrement(ref s_asleep);
                }
                last = null;
                lookout = new();
            }
        }
    }
}

/// <summary>The instructions on a vector register V of numbers T, so that a loop can be written once for registers of every length.</summary>
internal interface IRegister<T, V>
{
    /// <summary>How many numbers it holds.</summary>
    static abstract int Length { get; }
    static abstract V Load(ref T from, int at);
    static abstract void Store(V x, ref T to, int at);
    /// <summary>The same number everywhere.</summary>
    static abstract V Fill(T x);
    static abstract V Add(V x, V y);
    static abstract V Multiply(V x, V y);
    /// <summary>x·y + sum, rounded once.</summary>
    static abstract V MultiplyAdd(V x, V y, V sum);
    static abstract V Max(V x, V y);
    /// <summary>x where a &gt; 0, else 0.</summary>
    static abstract V WherePositive(V a, V x);
    /// <summary>x where the mask keeps the number that begins with start, and those after it, else 0.</summary>
    static abstract V WhereKept(Mask mask, uint start, V x);
    static abstract T Sum(V x);
}

/// <summary>The registers that .NET recommends for the machine: of 128 or 256 bits.</summary>
internal readonly struct Register<T> : IRegister<T, Vector<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Length => Vector<T>.Count;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Load(ref T from, int at) => Vector.LoadUnsafe(ref from, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector<T> x, ref T to, int at) => x.StoreUnsafe(ref to, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Fill(T x) => new(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Add(Vector<T> x, Vector<T> y) => x + y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Multiply(Vector<T> x, Vector<T> y) => x * y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Max(Vector<T> x, Vector<T> y) => Vector.Max(x, y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> WherePositive(Vector<T> a, Vector<T> x) => Vector.GreaterThan(a, Vector<T>.Zero) & x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Vector<T> x) => Vector.Sum(x);

    /// <summary>Numbers from 0 to 255, a byte each. It looks at as many bytes as a register has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> FromBytes(ref byte from)
    {
        Vector.Widen(Vector.LoadUnsafe(ref from), out var twoBytes, out _);
        Vector.Widen(twoBytes, out var fourBytes, out _);
        if (typeof(T) == typeof(float)) return Vector.ConvertToSingle(fourBytes.As<uint, int>()).As<float, T>();
        Vector.Widen(fourBytes, out var eightBytes, out _);
        return Vector.ConvertToDouble(eightBytes.As<ulong, long>()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> WhereKept(Mask mask, uint start, Vector<T> x)
    {
        // Numbers of 64 bits have lanes of 32 bits between theirs, of which nothing is kept.
        var bits = typeof(T) == typeof(float) ? Vector.CreateSequence(0u, Mask.Apart) : Vector.CreateSequence(0ul, Mask.Apart).As<ulong, uint>();
        bits += new Vector<uint>(start);
        bits = (bits ^ Vector.ShiftRightLogical(bits, 16)) * new Vector<uint>(Mask.FirstFactor) + new Vector<uint>(mask.OtherKey);
        bits = (bits ^ Vector.ShiftRightLogical(bits, 13)) * new Vector<uint>(Mask.SecondFactor);
        bits ^= Vector.ShiftRightLogical(bits, 16);
        bits = Vector.GreaterThanOrEqual(bits, new Vector<uint>(mask.LeftOut));
        if (typeof(T) == typeof(double)) bits = Vector.ShiftRightArithmetic(Vector.ShiftLeft(bits.As<uint, long>(), 32), 32).As<long, uint>();
        return bits.As<uint, T>() & x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd(Vector<T> x, Vector<T> y, Vector<T> sum) => typeof(T) == typeof(float)
        ? Vector.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>()
        : Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();
}

/// <summary>Registers of 512 bits, where the machine has them.</summary>
internal readonly struct Register512<T> : IRegister<T, Vector512<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Length => Vector512<T>.Count;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Load(ref T from, int at) => Vector512.LoadUnsafe(ref from, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector512<T> x, ref T to, int at) => x.StoreUnsafe(ref to, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Fill(T x) => Vector512.Create(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Add(Vector512<T> x, Vector512<T> y) => x + y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Multiply(Vector512<T> x, Vector512<T> y) => x * y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Max(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> WherePositive(Vector512<T> a, Vector512<T> x) => Vector512.GreaterThan(a, Vector512<T>.Zero) & x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Vector512<T> x) => Vector512.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereKept(Mask mask, uint start, Vector512<T> x)
    {
        // Numbers of 64 bits have lanes of 32 bits between theirs, of which nothing is kept.
        var bits = typeof(T) == typeof(float) ? Vector512.CreateSequence(0u, Mask.Apart) : Vector512.CreateSequence(0ul, Mask.Apart).As<ulong, uint>();
        bits += Vector512.Create(start);
        bits = (bits ^ Vector512.ShiftRightLogical(bits, 16)) * Vector512.Create(Mask.FirstFactor) + Vector512.Create(mask.OtherKey);
        bits = (bits ^ Vector512.ShiftRightLogical(bits, 13)) * Vector512.Create(Mask.SecondFactor);
        bits ^= Vector512.ShiftRightLogical(bits, 16);
        bits = Vector512.GreaterThanOrEqual(bits, Vector512.Create(mask.LeftOut));
        if (typeof(T) == typeof(double)) bits = Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(bits.As<uint, long>(), 32), 32).As<long, uint>();
        return bits.As<uint, T>() & x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> sum) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>()
        : Vector512.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();
}

/// <summary>Numbers that begin where a line of the cache begins, so that no register is filled from two lines. They start as zeros.</summary>
internal sealed class AlignedArray<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Line = 64;   // bytes
    private readonly T[] array;
    private readonly int start, length;

    public AlignedArray(int length)
    {
        this.length = length;
        array = GC.AllocateArray<T>(length + Line / Unsafe.SizeOf<T>(), pinned: true);
        start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (Line - 1)) / Unsafe.SizeOf<T>();
    }

    public int Length => length;

    public ref T this[int index] => ref array[start + index];

    public Span<T> Span() => array.AsSpan(start, length);

    public Span<T> Span(int from, int count) => array.AsSpan(start + from, count);

    /// <summary>The largest absolute value; NaN if there is a NaN; 0 of no numbers.</summary>
    public double Largest() => Largest(0, length);

    public double Largest(int from, int count) => count == 0 ? 0 : Math.Abs(double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(Span(from, count))));
}

/// <summary>
/// Threads that work together on one task after the other. To wake a thread takes longer than a small task, so one that
/// has nothing to do looks for work again and again for a moment, and only then goes to sleep.
/// </summary>
internal sealed class Crew : IDisposable
{
    private const int Apart = 32, Met = 0, Done = 1;   // what each thread has counted is in lines of the cache of its own,
    private const int All = -1, Begun = 0, Ended = 1;  // and so is what all count together

    private readonly object door = new();
    private readonly int[] counted;
    private Action<int> task = _ => { };
    private Exception? failure;
    private int number, asleep;
    private bool isOver;

    /// <param name="count">How many threads, with the one that calls <see cref="Run"/>.</param>
    public Crew(int count)
    {
        Count = Math.Max(1, count);
        counted = new int[(Count + 1) * Apart];
        for (var i = 1; i < count; i++)
        {
            var thread = i;
            new Thread(() => Work(thread)) { IsBackground = true, Name = "crew" }.Start();
        }
    }

    /// <summary>How many threads there are.</summary>
    public int Count { get; }

    /// <summary>Runs work(0) here and work(1) … work(Count−1) on the others, and returns when all have done theirs.</summary>
    public void Run(Action<int> work)
    {
        if (Count > 1)
        {
            task = work;
            (Counter(All, Begun), Counter(All, Ended)) = (0, 0);
            Interlocked.Increment(ref number);
            if (Volatile.Read(ref asleep) > 0) WakeAll();
        }
        try
        {
            work(0);
        }
        catch (Exception e)
        {
            Volatile.Write(ref failure, e);   // the others do not wait for this thread
            throw;
        }
        finally
        {
            for (var i = 1; i < Count; i++)
                for (var pause = new Pause(); Volatile.Read(ref Counter(i, Done)) != number;) pause.Once();
        }
        if (Volatile.Read(ref failure) is { } error) throw new InvalidOperationException($"A thread of the training step failed: {error.Message}", error);
    }

    /// <summary>In the midst of work: waits until all threads have come to this place. When one has failed, the others go on, and <see cref="Run"/> says so.</summary>
    public void Meet(int thread)
    {
        var met = Counter(thread, Met) + 1;
        Volatile.Write(ref Counter(thread, Met), met);
        for (var i = 0; i < Count; i++)
            for (var pause = new Pause(); Volatile.Read(ref Counter(i, Met)) - met < 0 && Volatile.Read(ref failure) == null;) pause.Once();
    }

    /// <summary>Once in the midst of work: pieces 0 … Count−1 are done by who is there, and nobody waits for a thread that is late.</summary>
    public void Share(Action<int> piece)
    {
        if (Count == 1) piece(0);
        else
        {
            for (var i = 0; (i = Interlocked.Increment(ref Counter(All, Begun))) <= Count;)
                try
                {
                    piece(i - 1);
                }
                finally
                {
                    Interlocked.Increment(ref Counter(All, Ended));
                }
            for (var pause = new Pause(); Volatile.Read(ref Counter(All, Ended)) < Count;) pause.Once();
        }
    }

    /// <summary>Ends the other threads.</summary>
    public void Dispose()
    {
        Volatile.Write(ref isOver, true);
        WakeAll();
    }

    private ref int Counter(int thread, int what) => ref counted[(thread + 1) * Apart + what];

    private void WakeAll()
    {
        lock (door) Monitor.PulseAll(door);
    }

    private void Work(int thread)
    {
        for (var done = 0; WaitForMoreThan(done); Volatile.Write(ref Counter(thread, Done), done))
        {
            done++;
            try
            {
                if (Volatile.Read(ref failure) == null) task(thread);
            }
            catch (Exception e)
            {
                Volatile.Write(ref failure, e);
            }
        }
    }

    /// <summary>Waits for the next task; false when the crew has ended.</summary>
    private bool WaitForMoreThan(int done)
    {
        var lookout = new Lookout();
        while (!Volatile.Read(ref isOver) && Volatile.Read(ref number) == done)
            if (!lookout.GoesOn()) Sleep(done);
        return !Volatile.Read(ref isOver);
    }

    private void Sleep(int done)
    {
        lock (door)
        {
            Interlocked.Increment(ref asleep);
            if (!Volatile.Read(ref isOver) && Volatile.Read(ref number) == done) Monitor.Wait(door);
            Interlocked.Decrement(ref asleep);
        }
    }
}
