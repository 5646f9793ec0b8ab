using System.Collections.Concurrent;
using System.Text.Json;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>
/// Numbers of profiles that were erased since the start: so that a gate can see for itself that none of them is in what a model learnt from. Nothing can be
/// found by such a number any more, and the next start forgets them.
/// </summary>
internal sealed class ErasedProfiles : IPersonalDataStore
{
    private const int Max = 1_000_000;
    private readonly ConcurrentDictionary<int, byte> _profiles = new();

    public string Name => "decisioning/erased-profiles";

    public bool Contains(int profile) => _profiles.ContainsKey(profile);

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        foreach (var profile in subject.ProfileIds)
        {
            if (_profiles.Count < Max)
            {
                _profiles.TryAdd(profile, 0);
            }
        }

        return ValueTask.FromResult(0L);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(0L);

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        json.WriteEndArray();
        return default;
    }
}
