using Microsoft.AspNetCore.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Whose key it once was: a page in a cache or an app that was never updated goes on sending with a key that was replaced. It is
/// refused like any other, but its events can be kept for their owner.
/// </summary>
internal sealed class FormerSources
{
    private readonly SourceDirectory? _directory;

    /// <param name="sources">With their former keys, all of them unique.</param>
    /// <param name="register">Gives each name its stable number.</param>
    public FormerSources(IEnumerable<SourceOptions> sources, ISourceRegister register)
    {
        var former = sources
            .SelectMany(source => source.FormerWriteKeys, (source, key) => new SourceOptions { Name = source.Name, WriteKey = key })
            .ToList();
        _directory = former.Count == 0 ? null : new SourceDirectory(former, register);
    }

    /// <summary>The former owner of the key of a request, where it stands outside the body.</summary>
    public Source? Authenticate(HttpContext context) => _directory?.Authenticate(context);

    /// <summary>The former owner of a key that stood in a body.</summary>
    public Source? Find(ReadOnlySpan<byte> writeKeyUtf8) => writeKeyUtf8.IsEmpty ? null : _directory?.Find(writeKeyUtf8);
}
