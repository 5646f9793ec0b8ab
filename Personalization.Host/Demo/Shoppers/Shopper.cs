using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// One simulated shopper: a small state machine whose every step is an event, a look at recommendations, or the end of the
/// session. Its own seeded <see cref="Random"/> makes it independent of all others: given the same answers it does the same.
/// </summary>
internal sealed class Shopper(DemoCatalog catalog, Persona persona, Random random, ShopperEventWriter write, bool seesRecommendations)
{
    private enum Place
    {
        Home,
        ForYou,
        Slate,
        SlateDecision,
        List,
        ProductPage,
        Adding,
        CartPage,
        Checkout,
        SignInAtCheckout,
        Payment,
        Door,
    }

    private readonly Cart _cart = new();
    private readonly List<DemoItem> _viewed = [];
    private Place _place = Place.Door;
    private DemoCategory _intent = DemoAssortment.Categories[0];
    private DemoItem? _next;
    private DemoItem? _current;
    private Slate? _slate;
    private bool _isSignedIn;
    private bool _isCompanion;
    private bool _isRecommended;
    private int _orders;
    private int _steps;

    public Persona Persona => persona;

    public bool IsInShop { get; private set; }

    /// <summary>Product pages of this session, oldest first.</summary>
    public IReadOnlyList<DemoItem> Viewed => _viewed;

    /// <summary>Null until the shopper has signed in.</summary>
    public string? UserId => _isSignedIn ? persona.UserId : null;

    /// <param name="fashion">The category that everybody comes for just now; null for the shopper's own wish.</param>
    public void Enter(DemoCategory? fashion)
    {
        _intent = fashion ?? persona.Taste.ChooseCategory(random);
        _place = Place.Home;
        _next = _current = null;
        _slate = null;
        _isCompanion = _isRecommended = false;
        _steps = 0;
        _viewed.Clear();
        write.BeginSession();
        IsInShop = true;
    }

    /// <summary>What the shop showed after a step that asked for it. Not calling it is an answer too: nothing was shown.</summary>
    public void Show(Slate slate) => _slate = slate;

    /// <summary>Time until the next step, ms.</summary>
    public long Think(double meanMs) => (long)random.Wait(meanMs);

    public ShopperStep Step(long nowMs)
    {
        if (++_steps > Habits.Patience)
        {
            _place = Place.Door;
        }

        switch (_place)
        {
            case Place.Home: return Home(nowMs);
            case Place.ForYou: return LookAtForYou();
            case Place.Slate: return SeeSlate(nowMs);
            case Place.SlateDecision: return DecideOnSlate(nowMs);
            case Place.List: return List(nowMs);
            case Place.ProductPage: return View(nowMs);
            case Place.Adding: return Add(nowMs);
            case Place.CartPage: return LookAtCart(nowMs);
            case Place.Checkout: return StartCheckout(nowMs);
            case Place.SignInAtCheckout: return SignIn(nowMs, Place.Payment);
            case Place.Payment: return Order(nowMs);
            default:
                IsInShop = false;
                return ShopperStep.Leave;
        }
    }

    private ShopperStep Home(long nowMs)
    {
        if (persona.UserId is not null && !_isSignedIn && random.Happens(Habits.SignsInOnHome))
        {
            return SignIn(nowMs, Place.Home);
        }

        _place = _cart.Lines.Count > 0 && random.Happens(Habits.ReturnsToCart) ? Place.CartPage
            : random.Happens(Habits.LooksAtForYouOnHome) ? Place.ForYou
            : Place.List;
        return ShopperStep.Send(write.Page(nowMs, "Home"));
    }

    private ShopperStep SignIn(long nowMs, Place then)
    {
        _isSignedIn = true;
        _place = then;
        return ShopperStep.Send(write.Identify(nowMs));
    }

    private ShopperStep LookAtForYou()
    {
        _slate = null;
        _place = Place.Slate;
        return ShopperStep.Ask;
    }

    private ShopperStep SeeSlate(long nowMs)
    {
        if (!seesRecommendations || _slate is not { Items.Count: > 0 })
        {
            return List(nowMs);
        }

        _place = Place.SlateDecision;
        return ShopperStep.Send(ShopperEvents.RecommendationViewed(write, nowMs, _slate));
    }

    private ShopperStep DecideOnSlate(long nowMs)
    {
        var liked = ReadSlate();
        if (liked is null)
        {
            return List(nowMs);
        }

        _next = liked;
        _isRecommended = true;
        _intent = liked.Category;
        _place = Place.ProductPage;
        return ShopperStep.Send(ShopperEvents.RecommendationClicked(write, nowMs, _slate!, liked));
    }

    /// <summary>From the top, with less and less attention; null when nothing was clicked.</summary>
    private DemoItem? ReadSlate()
    {
        var attention = Habits.ClicksWhatSuits;
        foreach (var shown in _slate!.Items)
        {
            if (catalog.Find(shown.Id) is { } item && random.Happens(attention * persona.Taste.Suits(item, _intent)))
            {
                return item;
            }

            attention *= Habits.ReadsOn;
        }

        return null;
    }

    private ShopperStep List(long nowMs)
    {
        _next = persona.Taste.Choose(random, catalog.Of(_intent));
        _place = _next is null ? Place.Door : Place.ProductPage;
        return ShopperStep.Send(random.Happens(Habits.Searches) && _next is not null
            ? ShopperEvents.ProductsSearched(write, nowMs, _next.Kind)
            : ShopperEvents.ProductListViewed(write, nowMs, _intent));
    }

    private ShopperStep View(long nowMs)
    {
        _current = _next!;
        _viewed.Add(_current);
        _place = AfterView();
        return ShopperStep.Send(ShopperEvents.ProductViewed(write, nowMs, _current));
    }

    private Place AfterView()
    {
        var adds = (_isCompanion && random.Happens(Habits.AddsCompanion))
            || (_isRecommended && random.Happens(Habits.AddsWhatSuits * persona.Taste.Suits(_current!, _intent)));
        _isCompanion = _isRecommended = false;
        if (adds)
        {
            return Place.Adding;
        }

        return random.PickWeighted(Habits.AfterView) switch
        {
            0 => Place.Adding,
            1 => Compare(),
            2 => Place.List,
            3 => Place.ForYou,
            _ => _cart.Lines.Count > 0 && random.Happens(0.5) ? Place.CartPage : Place.Door,
        };
    }

    private Place Compare()
    {
        var unseen = catalog.SimilarTo(_current!).Where(item => !_viewed.Contains(item)).ToArray();
        _next = persona.Taste.Choose(random, unseen);
        return _next is null ? Place.List : Place.ProductPage;
    }

    private ShopperStep Add(long nowMs)
    {
        var quantity = random.Happens(Habits.TakesTwo) ? 2 : 1;
        _cart.Add(_current!, quantity);
        _place = random.PickWeighted(Habits.AfterAdd) switch
        {
            0 => LookForCompanion(),
            1 => Place.CartPage,
            2 => Place.List,
            _ => Place.Door,
        };
        return ShopperStep.Send(ShopperEvents.ProductAdded(write, nowMs, new CartLine(_current!, quantity)));
    }

    private Place LookForCompanion()
    {
        var wanted = catalog.CompanionsOf(_current!).Where(item => item.Stock > 0 && !_cart.Contains(item)).ToArray();
        if (wanted.Length == 0)
        {
            return Place.CartPage;
        }

        _next = random.Pick(wanted);
        _isCompanion = true;
        return Place.ProductPage;
    }

    private ShopperStep LookAtCart(long nowMs)
    {
        if (_cart.Lines.Count > 1 && random.Happens(Habits.RemovesLine))
        {
            var line = random.Pick(_cart.Lines);
            _cart.Remove(line);
            return ShopperStep.Send(ShopperEvents.ProductRemoved(write, nowMs, line));
        }

        _place = random.Happens(Habits.ChecksOut) ? Place.Checkout : Place.Door;
        return ShopperStep.Send(ShopperEvents.CartViewed(write, nowMs, _cart));
    }

    private ShopperStep StartCheckout(long nowMs)
    {
        _place = !random.Happens(Habits.Pays) ? Place.Door
            : persona.UserId is not null && !_isSignedIn ? Place.SignInAtCheckout
            : Place.Payment;
        return ShopperStep.Send(ShopperEvents.CheckoutStarted(write, nowMs, _cart));
    }

    private ShopperStep Order(long nowMs)
    {
        var order = ShopperEvents.OrderCompleted(write, nowMs, write.OrderId(++_orders), _cart);
        _cart.Clear();
        _place = Place.Door;
        return ShopperStep.Send(order);
    }
}
