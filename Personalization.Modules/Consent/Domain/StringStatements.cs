using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Gpp;
using Personalization.Consent.Domain.Tcf;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>
/// What an event's TCF and GPP strings state, as statements like any other. What the event says in so many words wins over its strings.
/// Strings are long and repeated with each event: whoever asks compares <see cref="HashOf"/> first.
/// </summary>
internal sealed class StringStatements(ConsentStrings strings, IOptions<ConsentStringOptions> options)
{
    private const long DayMs = 24L * 60 * 60 * 1000;
    private readonly long _maxAgeMs = options.Value.MaxAgeDays * DayMs;

    /// <summary>Same strings, same hash; 0 when there are none.</summary>
    public static ulong HashOf(TrackedEvent trackedEvent)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        return details.TcString.IsEmpty && details.GppString.IsEmpty
            ? 0
            : StatementReader.Hash(trackedEvent.Text(details.TcString), StatementReader.Hash(trackedEvent.Text(details.GppString)));
    }

    /// <summary>The event's own statement, made into what its TCF string adds, and what its GPP string adds. Does not allocate.</summary>
    public (Statement Tc, Statement Gpp) Read(TrackedEvent trackedEvent, in Statement own)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        var tc = trackedEvent.Text(details.TcString);
        var gpp = trackedEvent.Text(details.GppString);

        // Where in a country the shopper is nobody tells: every section counts that forbids.
        var reading = strings.Read(tc, gpp, region: null, gpc: false, trackedEvent.TimestampMs);
        var unsaid = (byte)(reading.Signal.Stated & ~own.Signal.Stated);
        var fromGpp = unsaid;
        foreach (var purpose in PurposeBits.Each)
        {
            fromGpp = reading.ReasonOf(purpose) >= SignalReason.GppRefused ? fromGpp : (byte)(fromGpp & ~(byte)purpose);
        }

        var bare = own with { HasGpc = false, NonProfiling = ConsentDetails.Choice.Unsaid, ExpiresAtMs = 0 };
        return (
            bare with
            {
                Form = StatementForm.TcString,
                Signal = new ConsentSignal((byte)(unsaid & ~fromGpp), (byte)(reading.Signal.Granted & unsaid & ~fromGpp)),
                ExpiresAtMs = EndOf(tc, gpp),
            },
            bare with { Form = StatementForm.GppString, Signal = new ConsentSignal(fromGpp, (byte)(reading.Signal.Granted & fromGpp)) });
    }

    /// <summary>When the TCF string's grants end: so long after its last change. Of two strings the older's end counts.</summary>
    private long EndOf(ReadOnlySpan<byte> tc, ReadOnlySpan<byte> gpp)
    {
        var changed = long.MaxValue;
        if (!tc.IsEmpty && TcString.Read(tc, out var read) == TcStatus.Read)
        {
            changed = read.LastUpdatedMs;
        }

        if (GppString.Read(gpp, out var platform) == GppStatus.Read && platform.TryGet(GppString.TcfEuSection, out var inside) &&
            TcString.Read(inside, out read) == TcStatus.Read)
        {
            changed = Math.Min(changed, read.LastUpdatedMs);
        }

        return changed == long.MaxValue ? 0 : changed + _maxAgeMs;
    }
}
