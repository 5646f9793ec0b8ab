using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>Takes out of an event what it says about consent: for the state without allocating, for the ledger in full.</summary>
internal static class StatementReader
{
    /// <summary>Longer names of sources and versions are cut to nothing: they cannot be what they should be.</summary>
    public const int MaxTextBytes = 128;

    private static readonly NameTable<LawfulBasis> Bases = new(
        Enum.GetValues<LawfulBasis>().Select(basis => KeyValuePair.Create(basis.ToString(), basis)));

    /// <summary>The event's own words, without what its TCF and GPP strings say.</summary>
    public static Statement Read(TrackedEvent trackedEvent, Jurisdiction? jurisdiction)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        return new Statement
        {
            Signal = trackedEvent.Consent,
            TimestampMs = trackedEvent.TimestampMs,
            ExpiresAtMs = details.ExpiresAtMs,
            IsHistorical = trackedEvent.IsHistorical,
            IsExplicit = IsExplicit(trackedEvent),
            HasGpc = HasGpc(trackedEvent),
            NonProfiling = details.NonProfiling,
            Jurisdiction = jurisdiction,
        };
    }

    /// <summary>Whether the shopper changed something just now, rather than the client repeating what it has.</summary>
    public static bool IsExplicit(TrackedEvent trackedEvent) => trackedEvent.Kind == EventKind.ConsentUpdated;

    public static bool HasGpc(TrackedEvent trackedEvent) => trackedEvent.Batch.HasGpc || trackedEvent.ConsentDetails.HasGpc;

    public static LawfulBasis? BasisOf(ReadOnlySpan<byte> name) => Bases.TryGet(name, out var basis) && !name.IsEmpty ? basis : null;

    /// <summary>Same words, same hash: of everything that the ledger would keep but time and place in the log. Never 0.</summary>
    public static ulong HashOf(TrackedEvent trackedEvent)
    {
        var raw = trackedEvent.Text(trackedEvent.ConsentDetails.Raw);
        return Hash(raw, ((ulong)trackedEvent.Consent.Stated << 8) | trackedEvent.Consent.Granted | (HasGpc(trackedEvent) ? 1UL << 16 : 0));
    }

    /// <summary>Same bytes, same hash on every machine. Not a secret: nobody gains by a collision but who wants to be misunderstood.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed = 0) => (ulong)SipHash128.Hash(0x636F6E73656E7431, seed, bytes) | 1;

    public static LedgerEntry EntryOf(TrackedEvent trackedEvent, in Statement said)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        var (vendors, vendorCount) = VendorsOf(trackedEvent.Text(details.VendorIds));
        var stated = (Purposes)said.Signal.Stated & Purposes.All;
        var granted = (Purposes)said.Signal.Granted & stated;
        return new LedgerEntry
        {
            Offset = trackedEvent.Offset,
            TimestampMs = said.TimestampMs,
            Form = said.Form == StatementForm.Own && stated == Purposes.None && details.Raw.IsEmpty ? StatementForm.Gpc : said.Form,
            Stated = stated,
            Granted = granted,
            Basis = BasisOf(trackedEvent.Text(details.Basis)) ?? (granted == Purposes.None ? LawfulBasis.None : LawfulBasis.Consent),
            NonProfiling = said.NonProfiling,
            HasGpc = said.HasGpc,
            ExpiresAtMs = said.ExpiresAtMs,
            EvidenceSha256 = SHA256.HashData(EvidenceOf(trackedEvent, said.Form)),
            Source = TextOf(trackedEvent, details.Source),
            PolicyVersion = TextOf(trackedEvent, details.PolicyVersion),
            Jurisdiction = said.Jurisdiction?.Name ?? "",
            VendorIds = vendors,
            VendorCount = vendorCount,
        };
    }

    /// <summary>What was given as evidence; else the string, or the statement itself, as it came.</summary>
    private static ReadOnlySpan<byte> EvidenceOf(TrackedEvent trackedEvent, StatementForm form)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        var evidence = form switch
        {
            StatementForm.TcString => details.TcString,
            StatementForm.GppString => details.GppString,
            _ when !details.Evidence.IsEmpty => details.Evidence,
            _ when !details.Raw.IsEmpty => details.Raw,
            _ => trackedEvent.Raw,
        };
        return trackedEvent.Text(evidence);
    }

    private static string TextOf(TrackedEvent trackedEvent, Utf8Slice text) =>
        text.Length <= MaxTextBytes ? Encoding.UTF8.GetString(trackedEvent.Text(text)) : "";

    private static (int[] Ids, int Count) VendorsOf(ReadOnlySpan<byte> array)
    {
        if (array.IsEmpty)
        {
            return ([], 0);
        }

        var ids = new SortedSet<int>();
        var reader = new Utf8JsonReader(array);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var id) && id > 0)
            {
                ids.Add(id);
            }
        }

        return ([.. ids.Take(LedgerEntry.MaxVendorIds)], ids.Count);
    }
}
