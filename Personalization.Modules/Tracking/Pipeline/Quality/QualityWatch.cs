using System.Text.Json;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>
/// Everything that is counted on the way of the events, between the threads that count and the one that judges. What it holds of
/// clients is in memory only.
/// </summary>
internal sealed class QualityWatch : IPersonalDataStore
{
    private const int MaxSources = 1_024;
    private readonly SkewHistogram?[] _skews = new SkewHistogram?[MaxSources];

    /// <param name="options">Bounds.</param>
    /// <param name="seed">Secret, for the table of names.</param>
    public QualityWatch(QualityOptions options, ulong seed)
    {
        Series = new SeriesDirectory(options.MaxSeries, seed);
        Counts = new SlotCounts(options.MaxSeries + 1);
        Clients = new ClientTable(options.MaxClients);
        Flags = new FlagBook(options.MaxFlags);
        Volumes = new VolumeSeries?[options.MaxSeries + 1];
    }

    public string Name => "tracking/quality";

    public SeriesDirectory Series { get; }

    public SlotCounts Counts { get; }

    public ClientTable Clients { get; }

    public PayloadSamples Samples { get; } = new();

    public RefusalTally Refusals { get; } = new();

    public FlagBook Flags { get; }

    /// <summary>By series; the judge's own once events come.</summary>
    public VolumeSeries?[] Volumes { get; }

    /// <summary>Sources whose clocks were heard of.</summary>
    public IEnumerable<(ushort SourceId, SkewHistogram Skew)> Skews =>
        Enumerable.Range(0, MaxSources).Where(source => _skews[source] is not null).Select(source => ((ushort)source, _skews[source]!));

    /// <summary>Takes a baseline back, before any event comes: names are numbered by one thread.</summary>
    public void Restore(SavedBaseline saved)
    {
        var series = Series.Resolve(saved.SourceId, saved.Type, System.Text.Encoding.UTF8.GetBytes(saved.Name));
        if (series != SeriesDirectory.Other)
        {
            Volumes[series] = new VolumeSeries { HeardAtMs = saved.HeardAtMs };
            BaselineCodec.Read(saved.State, Volumes[series]!.Baseline);
        }
    }

    /// <summary>Sequencer's thread.</summary>
    public SkewHistogram SkewOf(ushort sourceId)
    {
        ref var skew = ref _skews[sourceId < MaxSources ? sourceId : 0];
        return skew ?? (skew = new SkewHistogram());
    }

    /// <summary>The table of clients is the sequencer's, which rests meanwhile.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        new(Clients.Erase(subject.ProfileIds) + Flags.Erase(IsAbout(subject)));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        new(ClientsOf(subject).Count() + Flags.List(IsAbout(subject), int.MaxValue).Count);

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartObject();
        json.WriteStartArray("activity");
        foreach (var client in ClientsOf(subject))
        {
            json.WriteStartObject();
            json.WriteNumber("eventsInWindow", client.Events);
            json.WriteNumber("eventsInRun", client.RunEvents);
            json.WriteNumber("lastReceivedAtMs", client.LastReceivedMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("flags");
        foreach (var flag in Flags.List(IsAbout(subject), int.MaxValue))
        {
            json.WriteStartObject();
            json.WriteString("kind", flag.Kind.ToString());
            json.WriteString("detail", flag.Detail);
            json.WriteNumber("raisedAtMs", flag.RaisedAtMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return default;
    }

    private IEnumerable<ClientActivity> ClientsOf(ErasureSubject subject)
    {
        for (var place = 0; place < Clients.Capacity; place++)
        {
            if (Clients.TryRead(place, out var client) && subject.ProfileIds.Contains(client.ProfileId))
            {
                yield return client;
            }
        }
    }

    private static Func<QualityFlag, bool> IsAbout(ErasureSubject subject)
    {
        var names = subject.ProfileIds.Select(profile => profile.ToString()).ToHashSet(StringComparer.Ordinal);
        return flag => flag.Kind == QualityFlagKind.BotLikeClient && flag.Subject is { } profile && names.Contains(profile);
    }
}
