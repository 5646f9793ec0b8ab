using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// The values of personal identifiers, so that people who answer a customer can see them: normalised and encrypted (AES-256-GCM, with a
/// key made with the log's secret). On disk but for what is new since the last checkpoint; one row for each identifier.
/// </summary>
internal sealed class PersonalValues : ICheckpointed, ICheckpointObserver, IPersonalDataStore, IDisposable
{
    private const byte ValueTable = 12;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = NonceBytes + TagBytes;

    private readonly Lock _lock = new();
    private readonly IdentityMap _map;
    private readonly IdentityRules _rules;
    private readonly AesGcm _cipher;
    private readonly List<int> _erased = [];
    private readonly Dictionary<int, byte[]> _values = [];
    private readonly Dictionary<int, byte[]> _onTheirWay = [];
    private ICheckpointRows? _rows;

    public PersonalValues(KeyHasher hasher, IdentityMap map, IdentityRules rules)
    {
        _rules = rules;
        _map = map;
        _cipher = new AesGcm(hasher.DeriveKey("identity/values"), TagBytes);
    }

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/values";

    /// <summary>Keeps the value of an identifier that has just been bound.</summary>
    /// <param name="number">The identifier's.</param>
    /// <param name="kind">Its kind, which normalises.</param>
    /// <param name="value">As sent.</param>
    public void Keep(int number, IdentifierKind kind, ReadOnlySpan<byte> value)
    {
        Span<byte> plain = stackalloc byte[IdentifierKind.MaxBytes];
        var length = kind.Normalise(value, plain);
        if (length == 0)
        {
            return;
        }

        // A keyed hash of the value is its nonce: equal only for equal values, so that a replay writes the same bytes, and never for two.
        Span<byte> key = stackalloc byte[16];
        var hash = _map[number].Key;
        MemoryMarshal.Write(key, hash);
        var row = new byte[HeaderBytes + length];
        key[..NonceBytes].CopyTo(row);
        lock (_lock)
        {
            _cipher.Encrypt(key[..NonceBytes], plain[..length], row.AsSpan(HeaderBytes), row.AsSpan(NonceBytes, TagBytes), key);
            _values[number] = row;
        }
    }

    /// <summary>The value in UTF-8; empty when none is kept. Reads disk.</summary>
    /// <exception cref="CryptographicException">The row was changed, or comes from another log.</exception>
    public byte[] Read(int number)
    {
        lock (_lock)
        {
            var row = _values.GetValueOrDefault(number) ?? _onTheirWay.GetValueOrDefault(number);
            if (row is null)
            {
                _rows?.Visit(ValueTable, number, number, (_, value) => row = value.ToArray());
            }

            if (row is null || _map[number].Key == default)
            {
                return [];
            }

            var plain = new byte[row.Length - HeaderBytes];
            Span<byte> key = stackalloc byte[16];
            MemoryMarshal.Write(key, _map[number].Key);
            _cipher.Decrypt(row.AsSpan(0, NonceBytes), row.AsSpan(HeaderBytes), row.AsSpan(NonceBytes, TagBytes), plain, key);
            return plain;
        }
    }

    public void Load(CheckpointReader reader)
    {
        // Rows stay on disk: they are read one by one when somebody asks.
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var (number, row) in _values)
            {
                writer.Put(ValueTable, number, row);
                _onTheirWay[number] = row;
            }

            _values.Clear();
            _erased.ForEach(number => writer.Delete(ValueTable, number));
            _erased.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _onTheirWay.Clear();
        }
    }

    /// <summary>Before the identifiers themselves are forgotten, which is why this store is registered before theirs.</summary>
    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        lock (_lock)
        {
            foreach (var profileId in subject.ProfileIds)
            {
                foreach (var number in _map.IdentifiersOf(profileId))
                {
                    erased += Erase(number);
                }
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(subject.ProfileIds.SelectMany(_map.IdentifiersOf).LongCount(IsKept));
        }
    }

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var number in subject.ProfileIds.SelectMany(_map.IdentifiersOf).Order())
        {
            var value = Read(number);
            if (value.Length > 0)
            {
                json.WriteStartObject();
                json.WriteString("kind", _rules.NameOf(_map[number].Kind));
                json.WriteString("value", value);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    public void Dispose() => _cipher.Dispose();

    private int Erase(int number)
    {
        if (!IsKept(number))
        {
            return 0;
        }

        _values.Remove(number);
        _erased.Add(number);
        return 1;
    }

    private bool IsKept(int number)
    {
        var isKept = _values.ContainsKey(number);
        _rows?.Visit(ValueTable, number, number, (_, _) => isKept = true);
        return isKept;
    }
}
