using System.Threading.Channels;
using NUnit.Framework;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Kernel;

public class PipelineThreadTests
{
    [Test]
    public async Task A_loop_stays_on_its_thread_whoever_completes_what_it_awaits()
    {
        var numbers = Channel.CreateBounded<int>(4);
        var signal = new AsyncSignal();
        var threads = new HashSet<(int Id, string? Name)>();
        var loop = PipelineThread.RunAsync("a loop", async () =>
        {
            await foreach (var _ in numbers.Reader.ReadAllAsync())
            {
                Note();
                await signal.WaitAsync();
                Note();
                await Task.Yield();
                Note();
            }
        });

        for (var i = 0; i < 20; i++)
        {
            await numbers.Writer.WriteAsync(i);
            await Task.Run(signal.Wake);
        }

        numbers.Writer.Complete();
        while (!loop.IsCompleted)
        {
            signal.Wake();
            await Task.WhenAny(loop, Task.Delay(1));
        }

        await loop;
        Assert.That(threads.Select(thread => thread.Name), Is.EqualTo(new[] { "a loop" }));
        Assert.That(threads.Single().Id, Is.Not.EqualTo(Environment.CurrentManagedThreadId));

        void Note() => threads.Add((Environment.CurrentManagedThreadId, Thread.CurrentThread.Name));
    }

    [Test]
    public void A_failure_is_the_callers_before_the_first_wait_and_after()
    {
        Assert.ThrowsAsync<FormatException>(() => PipelineThread.RunAsync("fails at once", () => throw new FormatException()));
        Assert.ThrowsAsync<FormatException>(() => PipelineThread.RunAsync("fails later", async () =>
        {
            await Task.Yield();
            throw new FormatException();
        }));
    }

    [Test]
    public async Task The_thread_ends_with_its_loop()
    {
        Thread? thread = null;
        await PipelineThread.RunAsync("ends", async () =>
        {
            thread = Thread.CurrentThread;
            await Task.Yield();
        });

        Assert.That(thread!.Join(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task What_awaits_a_loop_goes_on_elsewhere()
    {
        Thread? thread = null;
        await PipelineThread.RunAsync("ends", () =>
        {
            thread = Thread.CurrentThread;
            return Task.CompletedTask;
        }).ConfigureAwait(false);

        Assert.That(Thread.CurrentThread, Is.Not.SameAs(thread));
    }
}
