using System.Text;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;
using Personalization.Tracking.Pipeline.Quality;

namespace Personalization.Tests.Tracking.Quality;

/// <summary>The judge of quality with a clock that moves by hand, ten seconds at a time.</summary>
internal sealed class QualityWorld
{
    /// <summary>2024-05-01T12:00:00Z, a Wednesday.</summary>
    public const long Start = 1714564800000;
    private readonly LogTail _tail = new(16);

    public QualityWorld(Action<QualityOptions>? configure = null)
    {
        var options = new QualityOptions();
        configure?.Invoke(options);
        Watch = new QualityWatch(options, seed: 1);
        Position = new PipelinePosition(_tail);
        Position.Advance(0);
        Position.MarkCaughtUp();
        var sources = new FakeSourceRegister();
        Shop = sources.IdOf("shop");
        Judge = new QualityJudge(Watch, Position, sources, Options.Create(options));
        Judge.Look(NowMs);
        NowMs += SlotCounts.SlotMs;
    }

    public ushort Shop { get; }

    public QualityWatch Watch { get; }

    public QualityJudge Judge { get; }

    public PipelinePosition Position { get; }

    /// <summary>Beginning of a slot.</summary>
    public long NowMs { get; private set; } = Start;

    public IReadOnlyList<QualityFlag> Open => Watch.Flags.List(flag => flag.IsOpen, 100);

    public int Series(string name) => Watch.Series.Resolve(Shop, EventType.Track, Encoding.UTF8.GetBytes(name));

    /// <summary>The log has more than was applied.</summary>
    public void Commit(long offset) => _tail.Start(offset);

    /// <summary>One slot of ten seconds, judged just after its end.</summary>
    public void Slot(string name, int accepted, int duplicates = 0, int late = 0, int refused = 0)
    {
        ref var count = ref Watch.Counts.Of(Series(name), NowMs);
        count.Accepted += accepted;
        count.Duplicates += duplicates;
        count.Late += late;
        if (refused > 0)
        {
            Watch.Refusals.Add(Shop, Series(name), refused);
        }

        NowMs += SlotCounts.SlotMs;
        Judge.Look(NowMs + 2_500);
    }

    public void Minutes(int minutes, string name, Func<long, int> perSlot)
    {
        for (var slot = 0; slot < minutes * SlotCounts.SlotsPerMinute; slot++)
        {
            Slot(name, perSlot(NowMs));
        }
    }
}
