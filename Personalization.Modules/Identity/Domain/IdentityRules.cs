using System.Text;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>What the options say of each kind, compiled once. Immutable.</summary>
internal sealed class IdentityRules
{
    /// <summary>Kinds that name a device, which changes hands; all others name a person, and never do.</summary>
    public const uint DeviceKinds = (1u << IdentifierKind.AnonymousId) | (1u << IdentifierKind.DeviceId) | (1u << IdentifierKind.AdvertisingId);

    private readonly byte[] _ranks;
    private readonly int[] _limits;
    private readonly bool[] _arePersonal;

    public IdentityRules(IdentifierVocabulary vocabulary, IdentityOptions options)
    {
        Vocabulary = vocabulary;
        Blocked = new BlockedValues(vocabulary, options);
        QuarantineProfiles = options.QuarantineProfiles;
        QuarantineWindowMs = options.QuarantineWindowHours * 3_600_000L;
        var external = options.Kinds.Select((_, i) => (byte)(IdentifierKind.FirstExternal + i)).ToArray();
        byte[] order =
        [
            IdentifierKind.UserId, .. external, IdentifierKind.Email, IdentifierKind.Phone,
            IdentifierKind.DeviceId, IdentifierKind.AdvertisingId, IdentifierKind.AnonymousId,
        ];
        _ranks = new byte[vocabulary.Kinds.Count + 1];
        _limits = new int[_ranks.Length];
        _arePersonal = new bool[_ranks.Length];
        for (byte rank = 0; rank < order.Length; rank++)
        {
            _ranks[order[rank]] = rank;
        }

        _limits[IdentifierKind.UserId] = 1;
        _limits[IdentifierKind.AnonymousId] = options.MaxAnonymousIds;
        _limits[IdentifierKind.Email] = options.MaxEmails;
        _limits[IdentifierKind.Phone] = options.MaxPhones;
        _limits[IdentifierKind.DeviceId] = _limits[IdentifierKind.AdvertisingId] = options.MaxDevices;
        _arePersonal[IdentifierKind.Email] = _arePersonal[IdentifierKind.Phone] = true;
        foreach (var kind in external)
        {
            _limits[kind] = options.Kinds[kind - IdentifierKind.FirstExternal].MaxPerProfile;
            _arePersonal[kind] = options.Kinds[kind - IdentifierKind.FirstExternal].IsPersonal;
        }
    }

    public IdentifierVocabulary Vocabulary { get; }

    public BlockedValues Blocked { get; }

    public int QuarantineProfiles { get; }

    public long QuarantineWindowMs { get; }

    /// <summary>0 for the kind that decides before all others.</summary>
    public byte RankOf(byte kind) => _ranks[kind];

    /// <summary>Values of the kind that one person may have.</summary>
    public int LimitOf(byte kind) => _limits[kind];

    /// <summary>Whether values are kept, encrypted.</summary>
    public bool IsPersonal(byte kind) => _arePersonal[kind];

    public static bool IsDevice(byte kind) => (DeviceKinds >> kind & 1) != 0;

    public string NameOf(byte kind) => Vocabulary.Kinds[kind - 1].Name;

    /// <summary>Changes when stored numbers of kinds would mean others.</summary>
    public int KindsVersion
    {
        get
        {
            var version = Vocabulary.ReadTraces ? 1 : 0;
            foreach (var kind in Vocabulary.Kinds.Skip(IdentifierKind.FirstExternal - 1))
            {
                foreach (var value in Encoding.UTF8.GetBytes(kind.Name + "|"))
                {
                    version = unchecked((version * 31) + value);
                }
            }

            return version;
        }
    }
}
