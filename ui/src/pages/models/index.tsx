// The language models that bots and programs may ask: whom, in which order, at what price, and what may leave.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/button";
import { Page } from "../../components/page";
import { Tab, Tabs } from "../../components/tabs";
import { ModelForm } from "./form";
import { Models, type Model } from "./models";
import { Prices } from "./price-list";
import { PriceForm } from "./price-form";
import { Settings } from "./settings";

const VIEWS = [
  { value: "models", title: "Models" },
  { value: "prices", title: "Prices" },
  { value: "settings", title: "What may leave" },
] as const;

export function ModelsPage() {
  const { view = "models", q } = useSearch({ from: "/models" });
  const navigate = useNavigate({ from: "/models" });
  const [form, setForm] = useState<Model | "new">();
  const [pricing, setPricing] = useState(false);
  const add = (
    <Button look="primary" onClick={() => setForm("new")}>
      <Plus aria-hidden size={17} /> Name a model
    </Button>
  );
  return (
    <Page
      title="Models"
      about="Bots and programs ask a model by its name. The first provider is asked first; the others stand in when it fails."
      actions={
        view === "models" ? add : view === "prices" && (
          <Button look="primary" onClick={() => setPricing(true)}>
            <Plus aria-hidden size={17} /> Set a price
          </Button>
        )
      }
    >
      <Tabs
        label="Models, prices and settings"
        value={view}
        onChange={(next) => void navigate({ search: next === "models" ? {} : { view: next }, replace: true })}
        tabs={[...VIEWS]}
      >
        <Tab value="models" className="pt-5">
          <Models add={add} onChange={setForm} />
        </Tab>
        <Tab value="prices" className="pt-5">
          <Prices q={q ?? ""} onQ={(next) => void navigate({ search: { view: "prices", q: next || undefined }, replace: true })} />
        </Tab>
        <Tab value="settings" className="pt-5">
          <Settings />
        </Tab>
      </Tabs>
      {form && <ModelForm model={form === "new" ? undefined : form} onClose={() => setForm(undefined)} />}
      {pricing && <PriceForm onClose={() => setPricing(false)} />}
    </Page>
  );
}
