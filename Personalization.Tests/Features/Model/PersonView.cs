using System.Text;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.Model;

/// <summary>One person of a model, as the product's conditions see profiles: everything that they may look at, made from what was told.</summary>
internal sealed class PersonView
    : IProfileHistory, ITraitReader, IFeatureValues, IMemberships, IConsent, IEventNames, IKeptProperties, ICatalog
{
    private readonly Names _events = new();
    private readonly Names _properties = new();
    private readonly Names _traits = new();
    private readonly Names _items = new();
    private readonly Names _terms = new();
    private readonly Names _segments = new();
    private readonly Names _lists = new();

    public PersonView()
    {
        Snapshot = new ProfileSnapshot(this, this, this, this, this);
        Compiler = new ConditionCompiler(this, this, this, this, Options.Create(new FeaturesOptions()));
        foreach (var name in ConditionMaker.Events)
        {
            _events.Give(name);
        }

        foreach (var name in new[] { "colour", "size", "context.device.type" })
        {
            _properties.Give(name);
        }

        foreach (var name in new[] { "plan", "level", "renews" })
        {
            _traits.Give(name);
        }
    }

    public Person Person { get; set; } = new();

    public ProfileSnapshot Snapshot { get; }

    public ConditionCompiler Compiler { get; }

    int IProfileHistory.ProfileCount => 1;

    int IEventNames.Count => _events.Count;

    int ICatalog.Count => _items.Count;

    CatalogItem? ICatalog.this[int item] => null;

    string IEventNames.this[int number] => _events[number];

    string IKeptProperties.this[int key] => _properties[key];

    bool IProfileHistory.TryRead(int profileId, ProfileFacts into)
    {
        into.Clear();
        foreach (var happened in Oracle.InOrder(Person))
        {
            ref var fact = ref into.Add();
            (fact.TimeMs, fact.Offset, fact.Event) = (happened.TimeMs, happened.Place, _events.Give(happened.Name));
            (fact.Session, fact.IsHistorical) = (happened.Session, happened.IsHistorical);
            fact.Revenue = happened.Revenue is { } revenue ? (float)revenue : float.NaN;
            foreach (var line in happened.Lines)
            {
                ref var added = ref into.AddLine();
                added.Item = line.Id is null ? -1 : _items.Give(line.Id);
                added.CategoryTerm = line.Category is null ? -1 : _terms.Give(line.Category);
                added.BrandTerm = line.Brand is null ? -1 : _terms.Give(line.Brand);
                added.Price = line.Price is { } price ? (float)price : float.NaN;
                added.Quantity = (float)line.Quantity;
            }

            foreach (var (name, value) in happened.Properties)
            {
                var key = _properties.Give(name);
                if (value is string text)
                {
                    into.AddProperty(key, Encoding.UTF8.GetBytes(text));
                }
                else
                {
                    into.AddProperty(key, ScalarOf(value));
                }
            }
        }

        return Person.Events.Count > 0;
    }

    bool ITraitReader.TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        foreach (var (name, trait) in Person.Traits)
        {
            if (trait.Value is string text)
            {
                into.Add(_traits.Give(name), Encoding.UTF8.GetBytes(text), trait.TimeMs, 0, trait.ExpiresAtMs);
            }
            else
            {
                into.Add(_traits.Give(name), ScalarOf(trait.Value), trait.TimeMs, 0, trait.ExpiresAtMs);
            }
        }

        return Person.Traits.Count > 0;
    }

    int IFeatureValues.Find(ReadOnlySpan<char> name) => -1;

    Scalar IFeatureValues.Read(int feature, int profileId, long nowMs, out long nextChangeMs) => throw new NotSupportedException();

    bool IMemberships.IsMember(int segment, int profileId) => Person.IsIn(_segments[segment]);

    bool IMemberships.IsOnList(int list, int profileId) => Person.IsOn(_lists[list]);

    int IMemberships.FindSegment(ReadOnlySpan<char> id) => _segments.Give(id.ToString());

    int IMemberships.FindList(ReadOnlySpan<char> id) => _lists.Give(id.ToString());

    ConsentVerdict IConsent.May(int profileId, Purposes purpose) => new(Person.Grants(purpose.ToString().ToLowerInvariant()), ConsentReason.Granted);

    int IEventNames.Find(ReadOnlySpan<char> name) => _events.Find(name.ToString());

    int IKeptProperties.Find(ReadOnlySpan<char> path) => _properties.Find(path.ToString());

    int IKeptProperties.Keep(string path) => _properties.Give(path);

    long IKeptProperties.SinceOffset(int key) => 0;

    int ITraitReader.Find(ReadOnlySpan<char> name) => _traits.Find(name.ToString());

    int ICatalog.Find(ReadOnlySpan<char> itemId) => _items.Find(itemId.ToString());

    string ICatalog.IdOf(int item) => _items[item];

    bool ICatalog.IsSellable(int item) => true;

    ReadOnlySpan<int> ICatalog.ItemsOfCategory(int categoryTerm) => [];

    string ICatalog.TermOf(int term) => _terms[term];

    private static Scalar ScalarOf(object? value) => value switch
    {
        double number => Scalar.Of(number),
        bool flag => Scalar.Of(flag),
        _ => Scalar.None,
    };

    private sealed class Names
    {
        private readonly List<string> _names = [];

        public int Count => _names.Count;

        public string this[int number] => _names[number];

        public int Find(string name) => _names.IndexOf(name);

        public int Give(string name)
        {
            if (Find(name) is var known and >= 0)
            {
                return known;
            }

            _names.Add(name);
            return _names.Count - 1;
        }
    }
}
