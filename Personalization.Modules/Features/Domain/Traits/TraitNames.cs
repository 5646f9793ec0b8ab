using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Traits;

/// <summary>Numbers of the names of traits, and of the sources and licences of imported ones, given in log order.</summary>
[HoldsNoPersonalData("Names that shops and vendors give to traits; what they say of whom is not in here.")]
internal sealed class TraitNames(KeyHasher hasher, TraitOptions options) : ICheckpointed
{
    private const byte NameTable = 33;
    private const byte SourceTable = 34;

    /// <summary>Stands between source and licence; neither may have it.</summary>
    private const char Separator = '\n';

    private static readonly KeySpace SourceSpace = new(22);
    private readonly NameDirectory _names = new(hasher, KeySpace.TraitName, NameTable, options.MaxNames);
    private readonly NameDirectory _sources = new(hasher, SourceSpace, SourceTable, options.MaxSources);

    public string FileName => "features";

    public int Version => 1;

    /// <summary>Traits that were not kept because their name, source or licence got no number, since the start.</summary>
    public long Refused => _names.Refused + _sources.Refused;

    public string this[int key] => _names[key];

    /// <summary>-1 for a name that nobody has sent. Any thread.</summary>
    public int Find(ReadOnlySpan<char> name) => _names.Find(name);

    /// <inheritdoc cref="Find(ReadOnlySpan{char})"/>
    public int Find(ReadOnlySpan<byte> name) => _names.Find(name);

    /// <summary>Sequencer only.</summary>
    public int Resolve(ReadOnlySpan<byte> name) => _names.Resolve(name);

    /// <summary>The number of a source and its licence, from 1; -1 when there are too many. Sequencer only.</summary>
    public int ResolveSource(string source, string licence) => Numbered(_sources.Resolve(source + Separator + licence));

    /// <summary>The same, without giving a new one. Any thread.</summary>
    public int FindSource(string source, string licence) => Numbered(_sources.Find(source + Separator + licence));

    /// <summary>Who said it, and on which terms: of an imported trait.</summary>
    public (string Source, string Licence) SourceOf(int number)
    {
        var parts = _sources[number - 1].Split(Separator);
        return (parts[0], parts[1]);
    }

    public void Load(CheckpointReader reader)
    {
        _names.Load(reader);
        _sources.Load(reader);
    }

    public void Collect(CheckpointWriter writer)
    {
        _names.Collect(writer);
        _sources.Collect(writer);
    }

    private static int Numbered(int place) => place < 0 ? -1 : place + 1;
}
