using CsCheck;

namespace Tests.Lib;

/// <summary>Threads that help with tasks.</summary>
public class HelpersTests
{
    [Fact]
    public void Each_task_is_done_once_whoever_shares_beside_and_within() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 6], Gen.Int[1, 4]).Sample((count, threads, callers) =>
        {
            var done = new int[callers, count];
            var all = Enumerable.Range(0, callers).Select(caller => new Thread(() => Helpers.Share(count, threads, i =>
            {
                Helpers.Share(3, 2, _ => Thread.SpinWait(50));
                Interlocked.Increment(ref done[caller, i]);
            }))).ToArray();
            foreach (var thread in all) thread.Start();
            foreach (var thread in all) thread.Join();
            Assert.All(done.Cast<int>(), times => Assert.Equal(1, times));
        }, iter: 100);

    [Fact]
    public void No_more_threads_work_than_are_asked_for()
    {
        Helpers.Share(8, 5, _ => Thread.Sleep(1));   // now there are four helpers
        var (now, most, door) = (0, 0, new object());
        Helpers.Share(60, 2, _ =>
        {
            lock (door) most = Math.Max(most, ++now);
            Thread.Sleep(1);
            lock (door) now--;
        });
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void After_a_sleep_they_help_again()
    {
        var token = TestContext.Current.CancellationToken;
        for (var i = 0; i < 5; i++)
        {
            var threads = new HashSet<int>();
            // Two tasks that wait for each other need two threads.
            using var both = new Barrier(2);
            Helpers.Share(2, 2, _ =>
            {
                both.SignalAndWait(token);
                lock (threads) threads.Add(Environment.CurrentManagedThreadId);
            });
            Assert.Equal(2, threads.Count);
            Thread.Sleep(5 * i);
        }
    }

    [Fact]
    public void What_a_task_throws_comes_to_the_caller_and_the_next_work_goes_on()
    {
        var e = Assert.Throws<ShapeException>(() => Helpers.Share(20, 3, i => { if (i == 7) throw new ShapeException("task 7"); }));
        Assert.Equal("task 7", e.Message);
        var sum = 0;
        Helpers.Share(20, 3, i => Interlocked.Add(ref sum, i));
        Assert.Equal(190, sum);
    }
}
