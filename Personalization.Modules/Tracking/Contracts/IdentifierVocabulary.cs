using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Contracts;

/// <summary>
/// The kinds of identifiers that events may carry: those of the protocol, and external ones that the installation declared. Immutable;
/// asked with UTF-8, without allocating.
/// </summary>
public sealed class IdentifierVocabulary
{
    private static readonly IdentifierKind[] Own =
    [
        new(IdentifierKind.UserId, "user_id", KeySpace.UserId),
        new(IdentifierKind.AnonymousId, "anonymous_id", KeySpace.AnonymousId),
        new(IdentifierKind.Email, "email", KeySpace.Email, IdentifierForm.Email),
        new(IdentifierKind.Phone, "phone", KeySpace.Phone, IdentifierForm.Phone),
        new(IdentifierKind.DeviceId, "device_id", KeySpace.DeviceId),
        new(IdentifierKind.AdvertisingId, "advertising_id", KeySpace.AdvertisingId),
    ];

    /// <summary>Other clients' words for our own kinds, in lists of external ids. What the call itself carries is not among them.</summary>
    private static readonly Dictionary<string, byte> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["email"] = IdentifierKind.Email,
        ["phone"] = IdentifierKind.Phone,
        ["device_id"] = IdentifierKind.DeviceId,
        ["ios.idfv"] = IdentifierKind.DeviceId,
        ["android.id"] = IdentifierKind.DeviceId,
        ["advertising_id"] = IdentifierKind.AdvertisingId,
        ["ios.idfa"] = IdentifierKind.AdvertisingId,
        ["android.idfa"] = IdentifierKind.AdvertisingId,
    };

    private readonly IdentifierKind[] _kinds;
    private readonly NameTable<byte> _types;

    /// <param name="external">Names of the declared kinds, as clients name them in <c>type</c>; at most <see cref="IdentifierKind.MaxExternal"/>.</param>
    /// <param name="readTraces">Whether network, agent and address are read.</param>
    /// <exception cref="ArgumentException">Too many kinds, two of one name, or one that is called like one of our own.</exception>
    public IdentifierVocabulary(IReadOnlyList<string> external, bool readTraces = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(external.Count, IdentifierKind.MaxExternal);
        ReadTraces = readTraces;
        _kinds = [.. Own, .. external.Select((name, i) => new IdentifierKind((byte)(IdentifierKind.FirstExternal + i), name, KeySpace.ExternalOf(name)))];
        if (_kinds.DistinctBy(kind => kind.Name, StringComparer.OrdinalIgnoreCase).Count() != _kinds.Length)
        {
            throw new ArgumentException("Two kinds of identifiers have one name.", nameof(external));
        }

        _types = new NameTable<byte>(Types.Concat(_kinds.Skip(Own.Length).Select(kind => KeyValuePair.Create(kind.Name, kind.Number))));
    }

    public static IdentifierVocabulary BuiltIn { get; } = new([]);

    /// <summary>All kinds; the number of each is its place plus 1.</summary>
    public IReadOnlyList<IdentifierKind> Kinds => _kinds;

    /// <summary>Whether the traces by which devices may be told to be one person's are read at all.</summary>
    public bool ReadTraces { get; }

    public IdentifierKind? Find(string name) =>
        Array.Find(_kinds, kind => string.Equals(kind.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The kind of an external id's <c>type</c>; 0 for one that was not declared.</summary>
    public byte KindOf(ReadOnlySpan<byte> type) => _types.TryGet(type, out var kind) ? kind : (byte)0;

    /// <summary>Keyed hash of an identifier or trace; default when the value is none of its kind.</summary>
    internal UInt128 KeyOf(KeyHasher hasher, byte kind, ReadOnlySpan<byte> value, ReadOnlySpan<byte> more) => kind switch
    {
        0 => default,
        IdentifierKind.Network => Domain.TraceForm.NetworkKey(hasher, value),
        IdentifierKind.Agent => hasher.Hash(KeySpace.Agent, value),
        IdentifierKind.Address => Domain.TraceForm.AddressKey(hasher, value, more),
        _ => _kinds[kind - 1].KeyOf(hasher, value),
    };

    /// <summary>The key of a value that is known as text; default when it is none of this kind.</summary>
    public static UInt128 KeyOf(KeyHasher hasher, IdentifierKind kind, ReadOnlySpan<char> text)
    {
        // Longer identifiers are never accepted at the door, so nobody can have been seen with one.
        Span<byte> utf8 = stackalloc byte[IdentifierKind.MaxBytes];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? kind.KeyOf(hasher, utf8[..length]) : default;
    }
}
